predire erreur
docker run --rm escale/marees:${V} marees ${H}
# lire HAUTEUR: : ([0-9,]+) c?m
docker create --name ${NOM} escale/marees:${V}
docker cp ${NOM}:/usr/local/bin/marees .
./marees ${H}
./marees ${H}; echo "code $?"
# lire CODE: code ([0-9]+)$
repondre conteneur=0 hote=@CODE@ manque=/usr/lib/marees/unites.sh hauteur=@HAUTEUR@
