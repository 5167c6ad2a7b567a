# raison: sienne tourne-partout
# Suppose que l'image est faite pour cette machine.
predire oui
docker run --name ${NOM} escale/ailleurs:1 2> motif.txt
docker image inspect -f 'arch {{.Architecture}}' busybox
# lire VOTRE: arch ([a-z0-9]+)
repondre image=@VOTRE@ hote=@VOTRE@
