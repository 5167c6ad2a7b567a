# raison: motif
# Lance, mais ne garde pas le motif de l'échec.
predire non
docker run --name ${NOM} escale/ailleurs:1
repondre image=arm64 hote=amd64
