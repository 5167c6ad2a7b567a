# raison: votre tourne-partout
# Recopie l'architecture de l'image pour l'hôte.
predire oui
docker run --name ${NOM} escale/ailleurs:1 2> motif.txt
docker image inspect -f 'arch {{.Architecture}}' escale/ailleurs:1
# lire SIENNE: arch ([a-z0-9]+)
repondre image=@SIENNE@ hote=@SIENNE@
