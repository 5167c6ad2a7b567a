# raison: couches
# Compte la fiche parmi les couches.
predire meme
cp -r $ESCALE_ROOT/images magasin
docker image inspect -f '{{.RepoDigests}}' escale/marees:${V}
# lire D: @sha256:([0-9a-f]{64})
printf 'manifeste = @D@\ncouches = 4\nabimee = x\n' > empreintes.txt
