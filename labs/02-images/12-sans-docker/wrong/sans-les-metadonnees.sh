# raison: identique image-archive
# Croit qu'il suffit des fichiers de l'image.
predire oui
docker image inspect -f '{{.RepoDigests}}' escale/marees:1
# lire D: @sha256:([0-9a-f]{64})
mkdir -p colis/rootfs
for c in $(grep -o 'sha256:[0-9a-f]*' $ESCALE_ROOT/images/blobs/sha256/@D@ | tail -n +2 | cut -d: -f2); do tar -xzf $ESCALE_ROOT/images/blobs/sha256/$c -C colis/rootfs; done
escale-runtime spec -b colis
sed -i 's/"terminal": true/"terminal": false/; s/"sh"/"marees", "${H}"/' colis/config.json
escale-runtime run -b colis ${NOM} > sortie.txt
repondre chaine=client-moteur-runtime-programme
