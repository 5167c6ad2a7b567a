predire image
docker run -d --name ${COURS} escale/marees:${V}
docker ps
docker logs ${COURS}
docker image inspect -f 'auteur {{.Author}}' escale/marees:${V}
# lire AUTEUR: ^auteur (.+)$
docker image inspect -f '{{.Config.Cmd}}' escale/marees:${V}
# lire CMD: ^\[(.+)\]$
docker image inspect -f '{{.Config.Env}}' escale/marees:${V}
# lire PORT: PORT_ATTACHE=([A-Za-z]+)
cat > fiche.txt <<FIN
auteur = @AUTEUR@
commande = @CMD@
port = @PORT@
FIN
