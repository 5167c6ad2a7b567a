# raison: couche-2
# Donne la taille de l'image entière pour celle de sa seconde couche.
predire non
docker image inspect -f '{{.Size}}' busybox
# lire UN: ^([0-9]+)$
docker image inspect -f '{{.Size}}' ${IMAGE}
# lire TOTAL: ^([0-9]+)$
vm run -d --disk ${DISQUE}m --name ${VM} ${IMAGE}
cat > taille.txt <<FIN
couche-1 = @UN@
couche-2 = @TOTAL@
FIN
