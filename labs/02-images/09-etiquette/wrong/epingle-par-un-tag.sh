# raison: epingle tag-version
# Croit que le tag « 1 » est une version immuable.
predire oui
docker tag escale/marees:1 port/${NOM}:1
docker tag escale/marees:1 port/${NOM}:stable
docker run -d --name ${AVANT} port/${NOM}:stable
docker tag escale/marees:2 port/${NOM}:stable
docker run -d --name ${APRES} port/${NOM}:stable
docker run -d --name ${EPINGLE} port/${NOM}:1
repondre images=2
