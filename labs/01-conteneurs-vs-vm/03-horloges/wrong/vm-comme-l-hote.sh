# raison: vm vm-dossier
# Croit que la VM a l'âge de l'hôte.
predire hote
docker run -d --name ${NOM} busybox sleep 3600
vm run -d --name ${VM} busybox sh -c 'uname -r; cat /proc/uptime; sleep 3600'
until vm logs ${VM} | grep -q ' ' || ! vm ps | grep -q -w ${VM}; do sleep 0.5; done
cut -d. -f1 /proc/uptime
# lire HOTE: ^([0-9]+)$
cat > horloges.txt <<FIN
hote = @HOTE@
conteneur = @HOTE@
vm = @HOTE@
noyau-conteneur = $(uname -r)
noyau-vm = $(uname -r)
FIN
