# raison: commande image-archive
# Pense qu'une image n'a pas de commande à elle.
predire nulle-part
docker run -d --name ${COURS} escale/marees:${V}
docker image inspect -f 'auteur {{.Author}}' escale/marees:${V}
# lire AUTEUR: ^auteur (.+)$
printf 'auteur = @AUTEUR@\ncommande = aucune\nport = Brest\n' > fiche.txt
