# raison: recalcul
# Change le manifeste au lieu d'une couche.
predire meme
cp -r $ESCALE_ROOT/images magasin
chmod -R u+w magasin
docker image inspect -f '{{.RepoDigests}}' escale/marees:${V}
# lire D: @sha256:([0-9a-f]{64})
echo >> magasin/blobs/sha256/@D@
sha256sum < magasin/blobs/sha256/@D@
# lire A: ^([0-9a-f]{64})
printf 'manifeste = @D@\ncouches = 3\nabimee = @A@\n' > empreintes.txt
