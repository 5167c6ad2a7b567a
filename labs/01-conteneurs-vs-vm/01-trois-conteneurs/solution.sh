predire 1
docker run -d --name ${A} busybox sleep 3600
docker run -d --name ${B} busybox sleep 3600
docker run -d --name ${C} busybox sleep 3600
cat /proc/sys/kernel/random/boot_id
docker exec ${A} cat /proc/sys/kernel/random/boot_id
docker exec ${B} cat /proc/sys/kernel/random/boot_id
docker exec ${C} cat /proc/sys/kernel/random/boot_id
docker exec ${A} readlink /proc/self/ns/pid
# lire INODE: ^pid:\[([0-9]+)\]
repondre noyaux=1 inode=@INODE@
