# raison: noyaux mini-vm
# Croit que chaque conteneur démarre son propre noyau.
predire 4
docker run -d --name ${A} busybox sleep 3600
docker run -d --name ${B} busybox sleep 3600
docker run -d --name ${C} busybox sleep 3600
docker exec ${A} readlink /proc/self/ns/pid
# lire INODE: ^pid:\[([0-9]+)\]
repondre noyaux=4 inode=@INODE@
