# raison: memoire-conteneur
# Recopie les ordres de grandeur du cours au lieu de mesurer.
docker run -d --name ${NOM} busybox sleep 3600
vm run -d --name ${VM} busybox sleep 3600
cat > comparaison.md <<FIN
machine = $(cat /proc/sys/kernel/random/boot_id)
accelerateur = $(echo ${ACCELERATEUR} | tr 'A-Z' 'a-z')

| Critère | Conteneur | VM | Rapport | Le cours dit | Verdict | Pourquoi |
| --- | --- | --- | --- | --- | --- | --- |
| Isolation | processus isolés | système complet | - | - | confirmé | c'est écrit dans le cours |
| Noyau | $(uname -r) | 6.1.0-1-cloud-amd64 | - | - | confirmé | c'est écrit dans le cours |
| Démarrage (ms) | 500 | 30000 | 60 | - | confirmé | c'est écrit dans le cours |
| Calcul (× hôte) | 1 | 1,05 | 1,05 | - | confirmé | c'est écrit dans le cours |
| Mémoire (Kio) | 500000 | 4000000 | 8 | - | confirmé | c'est écrit dans le cours |
| Taille (octets) | 100000000 | 4000000000 | 40 | - | confirmé | c'est écrit dans le cours |
| Usage | microservices | legacy | - | - | confirmé | c'est écrit dans le cours |
FIN
