# raison: cartes
# Oublie la boucle locale.
predire page
docker run -d --name ${NOM} --network none escale/marees:${V}
until docker exec ${NOM} wget -q -O /dev/null http://127.0.0.1/; do sleep 0.1; done
repondre cartes=0 code=200 hauteur=1
