# raison: fichiers
# Ne déplie que la première couche.
predire non
docker image inspect -f '{{.RepoDigests}}' escale/marees:1
# lire D: @sha256:([0-9a-f]{64})
mkdir -p colis/rootfs
for c in $(grep -o 'sha256:[0-9a-f]*' $ESCALE_ROOT/images/blobs/sha256/@D@ | sed -n 2p | cut -d: -f2); do tar -xzf $ESCALE_ROOT/images/blobs/sha256/$c -C colis/rootfs; done
escale-runtime spec -b colis
