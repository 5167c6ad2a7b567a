# raison: noyau-seconde vm-dossier
# Croit que deux VM de la même image ont le même noyau : recopie le premier boot_id.
predire 2
vm run -d --name ${V1} busybox sh -c 'cat /proc/sys/kernel/random/boot_id; sleep 3600'
vm run -d --name ${V2} busybox sh -c 'cat /proc/sys/kernel/random/boot_id; sleep 3600'
until vm logs ${V1} | grep -q -e - || ! vm ps | grep -q -w ${V1}; do sleep 0.5; done
until vm logs ${V2} | grep -q -e - || ! vm ps | grep -q -w ${V2}; do sleep 0.5; done
echo "hote = $(cat /proc/sys/kernel/random/boot_id)" > noyaux.txt
vm logs ${V1}
# lire UN: ([0-9a-f]{8}-[0-9a-f-]{27})
echo "${V1} = @UN@" >> noyaux.txt
echo "${V2} = @UN@" >> noyaux.txt
