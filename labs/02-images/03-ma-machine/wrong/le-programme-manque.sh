# raison: manque
# Croit que c'est le programme lui-même qui manque.
predire erreur
docker create --name ${NOM} escale/marees:${V}
docker cp ${NOM}:/usr/local/bin/marees .
./marees ${H}; echo "code $?"
# lire CODE: code ([0-9]+)$
repondre conteneur=0 hote=@CODE@ manque=/usr/local/bin/marees hauteur=1
