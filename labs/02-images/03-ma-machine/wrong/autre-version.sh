# raison: copie
# Prend le programme dans l'autre image.
predire erreur
docker create --name ${NOM} escale/marees:$((3 - ${V}))
docker cp ${NOM}:/usr/local/bin/marees .
repondre conteneur=0 hote=2 manque=/usr/lib/marees/unites.sh hauteur=1
