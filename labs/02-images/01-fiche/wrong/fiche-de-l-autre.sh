# raison: auteur
# Lit la fiche de l'autre version.
predire image
docker run -d --name ${COURS} escale/marees:${V}
docker image inspect -f 'auteur {{.Author}}' escale/marees:$((3 - ${V}))
# lire AUTEUR: ^auteur (.+)$
docker image inspect -f '{{.Config.Cmd}}' escale/marees:${V}
# lire CMD: ^\[(.+)\]$
printf 'auteur = @AUTEUR@\ncommande = @CMD@\nport = Brest\n' > fiche.txt
