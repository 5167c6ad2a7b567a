# raison: casse
# Répond de mémoire, sans avoir rien retiré.
predire non
docker run -d --name ${NOM} escale/marees:1
docker run -d --name ${SAIN} escale/marees:1
repondre manque=libreadline.so.8
