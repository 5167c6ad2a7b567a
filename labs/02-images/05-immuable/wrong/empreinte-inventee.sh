# raison: apres image-modifiee
# Suppose que l'identifiant a changé, et prend celui d'une autre image.
predire oui
docker image inspect -f '{{.Id}}' escale/marees:1
# lire AVANT: ^(sha256:[0-9a-f]+)$
docker run -d --name ${C1} escale/marees:1
docker run -d --name ${C2} escale/marees:1
docker exec ${C1} sh -c 'echo ${MOT} > /srv/avis.txt'
docker run -d --name ${C3} escale/marees:1
docker image inspect -f '{{.Id}}' escale/marees:2
# lire APRES: ^(sha256:[0-9a-f]+)$
repondre porteurs=1 avant=@AVANT@ apres=@APRES@
