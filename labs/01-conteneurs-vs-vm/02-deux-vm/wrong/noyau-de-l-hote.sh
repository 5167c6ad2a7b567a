# raison: noyau-premiere vm-dossier
# Croit que la VM tourne sur le noyau de l'hôte.
predire 1
vm run -d --name ${V1} busybox sh -c 'cat /proc/sys/kernel/random/boot_id; sleep 3600'
vm run -d --name ${V2} busybox sh -c 'cat /proc/sys/kernel/random/boot_id; sleep 3600'
until vm logs ${V1} | grep -q -e - || ! vm ps | grep -q -w ${V1}; do sleep 0.5; done
until vm logs ${V2} | grep -q -e - || ! vm ps | grep -q -w ${V2}; do sleep 0.5; done
echo "hote = $(cat /proc/sys/kernel/random/boot_id)" > noyaux.txt
echo "${V1} = $(cat /proc/sys/kernel/random/boot_id)" >> noyaux.txt
echo "${V2} = $(cat /proc/sys/kernel/random/boot_id)" >> noyaux.txt
