# raison: hote ma-machine
# N'essaie pas sur l'hôte : « c'est le même programme ».
predire zero
docker create --name ${NOM} escale/marees:${V}
docker cp ${NOM}:/usr/local/bin/marees .
repondre conteneur=0 hote=0 manque=rien hauteur=1
