# raison: manifeste image-archive
# Prend l'identifiant de l'image pour son digest.
predire autre
cp -r $ESCALE_ROOT/images magasin
docker image inspect -f '{{.Id}}' escale/marees:${V}
# lire D: sha256:([0-9a-f]{64})
printf 'manifeste = @D@\ncouches = 3\nabimee = x\n' > empreintes.txt
