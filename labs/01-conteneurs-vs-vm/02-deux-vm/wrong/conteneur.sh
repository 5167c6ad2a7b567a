# raison: premiere
# Démarre un conteneur en croyant démarrer une VM.
predire 3
docker run -d --name ${V1} busybox sh -c 'cat /proc/sys/kernel/random/boot_id; sleep 3600'
docker run -d --name ${V2} busybox sh -c 'cat /proc/sys/kernel/random/boot_id; sleep 3600'
echo "hote = $(cat /proc/sys/kernel/random/boot_id)" > noyaux.txt
echo "${V1} = $(docker logs ${V1})" >> noyaux.txt
echo "${V2} = $(docker logs ${V2})" >> noyaux.txt
docker rm -f ${V1} ${V2}
