# raison: noyau-vm vm-dossier
# Croit que la VM tourne sur le noyau de l'hôte.
docker run -d --name ${NOM} busybox sleep 3600
vm run -d --name ${VM} busybox sleep 3600
cat > comparaison.md <<FIN
machine = $(cat /proc/sys/kernel/random/boot_id)
accelerateur = $(echo ${ACCELERATEUR} | tr 'A-Z' 'a-z')

| Critère | Conteneur | VM | Rapport | Le cours dit | Verdict | Pourquoi |
| --- | --- | --- | --- | --- | --- | --- |
| Noyau | $(uname -r) | $(uname -r) | - | - | confirmé | tout tourne sur cette machine |
FIN
