# raison: inode
# Recopie l'espace de noms de l'hôte au lieu de celui du conteneur.
predire 1
docker run -d --name ${A} busybox sleep 3600
docker run -d --name ${B} busybox sleep 3600
docker run -d --name ${C} busybox sleep 3600
readlink /proc/self/ns/pid
# lire INODE: ^pid:\[([0-9]+)\]
repondre noyaux=1 inode=@INODE@
