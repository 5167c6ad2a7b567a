# raison: image
# Essaie avec une image qui tourne.
predire oui
docker run --name ${NOM} busybox true 2> motif.txt
repondre image=amd64 hote=amd64
