predire hote
docker run -d --name ${NOM} busybox sleep 3600
vm run -d --name ${VM} busybox sh -c 'uname -r; cat /proc/uptime; sleep 3600'
until vm logs ${VM} | grep -q ' ' || ! vm ps | grep -q -w ${VM}; do sleep 0.5; done
cut -d. -f1 /proc/uptime
# lire HOTE: ^([0-9]+)$
docker exec ${NOM} cat /proc/uptime
# lire CONTENEUR: ^([0-9]+)\.[0-9]+ 
docker exec ${NOM} uname -r
# lire NOYAU: ^([0-9]+\.[0-9]+\.[^ ]+)$
vm logs ${VM}
# lire VM: ^([0-9]+)\.[0-9]+ 
vm logs ${VM} | grep -v ' '
# lire NOYAUVM: ^([0-9]+\.[0-9]+\.[^ ]+)$
cat > horloges.txt <<FIN
hote = @HOTE@
conteneur = @CONTENEUR@
vm = @VM@
noyau-conteneur = @NOYAU@
noyau-vm = @NOYAUVM@
FIN
