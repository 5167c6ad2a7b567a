predire non
docker run --name ${NOM} escale/ailleurs:1 2> motif.txt
cat motif.txt
docker image inspect -f 'arch {{.Architecture}}' escale/ailleurs:1
# lire SIENNE: arch ([a-z0-9]+)
docker image inspect -f 'arch {{.Architecture}}' busybox
# lire VOTRE: arch ([a-z0-9]+)
repondre image=@SIENNE@ hote=@VOTRE@
