# raison: sans-reseau telecharge
# N'ose pas couper le réseau.
predire rien
docker run -d --name ${NOM} escale/marees:${V}
repondre cartes=2 code=200 hauteur=1
