# raison: limite
# Oublie la limite de mémoire des conteneurs.
predire moins
for i in $(seq ${N}); do docker run -d --name ${LOT}-$i busybox sleep 3600; done
vm run -d -m ${MO}m --name ${VM} busybox sleep 3600
cat > memoire.txt <<FIN
conteneur = 800 Kio
vm = 200000 Kio
FIN
