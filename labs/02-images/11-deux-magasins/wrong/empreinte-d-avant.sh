# raison: abimee image-modifiee
# Croit que l'empreinte reste la même quand le contenu change.
predire meme
cp -r $ESCALE_ROOT/images magasin
chmod -R u+w magasin
docker image inspect -f '{{.RepoDigests}}' escale/marees:${V}
# lire D: @sha256:([0-9a-f]{64})
grep -o 'sha256:[0-9a-f]*' magasin/blobs/sha256/@D@ | tail -1
# lire C: ^sha256:([0-9a-f]{64})
echo >> magasin/blobs/sha256/@C@
printf 'manifeste = @D@\ncouches = 3\nabimee = @C@\n' > empreintes.txt
