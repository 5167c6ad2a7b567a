# raison: porteurs image-modifiee
# Croit que le troisième conteneur reçoit ce que le premier a écrit.
predire oui
docker image inspect -f '{{.Id}}' escale/marees:1
# lire AVANT: ^(sha256:[0-9a-f]+)$
docker run -d --name ${C1} escale/marees:1
docker run -d --name ${C2} escale/marees:1
docker exec ${C1} sh -c 'echo ${MOT} > /srv/avis.txt'
docker run -d --name ${C3} escale/marees:1
repondre porteurs=2 avant=@AVANT@ apres=@AVANT@
