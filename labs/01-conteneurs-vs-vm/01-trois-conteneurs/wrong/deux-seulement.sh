# raison: troisieme
# S'arrête au deuxième conteneur.
predire 1
docker run -d --name ${A} busybox sleep 3600
docker run -d --name ${B} busybox sleep 3600
docker exec ${A} readlink /proc/self/ns/pid
# lire INODE: ^pid:\[([0-9]+)\]
repondre noyaux=1 inode=@INODE@
