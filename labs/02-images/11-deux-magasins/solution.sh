predire meme
cp -r $ESCALE_ROOT/images magasin
chmod -R u+w magasin
docker image inspect -f '{{.RepoDigests}}' escale/marees:${V}
# lire D: @sha256:([0-9a-f]{64})
sha256sum magasin/blobs/sha256/@D@
grep -o 'sha256:[0-9a-f]*' magasin/blobs/sha256/@D@ | tail -1
# lire C: ^sha256:([0-9a-f]{64})
echo >> magasin/blobs/sha256/@C@
sha256sum < magasin/blobs/sha256/@C@
# lire A: ^([0-9a-f]{64})
cat > empreintes.txt <<FIN
manifeste = @D@
couches = 3
abimee = @A@
FIN
