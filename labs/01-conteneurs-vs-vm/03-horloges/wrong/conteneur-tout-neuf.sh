# raison: conteneur chacun-son-os
# Croit que le conteneur a démarré son propre système il y a trois secondes.
predire zero
docker run -d --name ${NOM} busybox sleep 3600
vm run -d --name ${VM} busybox sh -c 'uname -r; cat /proc/uptime; sleep 3600'
cut -d. -f1 /proc/uptime
# lire HOTE: ^([0-9]+)$
cat > horloges.txt <<FIN
hote = @HOTE@
conteneur = 3
vm = 3
noyau-conteneur = $(uname -r)
noyau-vm = $(uname -r)
FIN
