# raison: deplace
# Oublie de déplacer l'étiquette.
predire oui
docker tag escale/marees:1 port/${NOM}:1
docker tag escale/marees:1 port/${NOM}:stable
docker run -d --name ${AVANT} port/${NOM}:stable
docker run -d --name ${APRES} port/${NOM}:stable
repondre images=1
