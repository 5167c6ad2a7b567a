# raison: code telecharge
# Suppose qu'elle ne répondra pas, sans demander.
predire rien
docker run -d --name ${NOM} --network none escale/marees:${V}
until docker exec ${NOM} wget -q -O /dev/null http://127.0.0.1/; do sleep 0.1; done
repondre cartes=1 code=503 hauteur=0
