# raison: machine
# Rend le tableau d'une autre machine.
docker run -d --name ${NOM} busybox sleep 3600
vm run -d --name ${VM} busybox sleep 3600
sed -i 's/^machine =.*/machine = 3f0c1d2e-5b6a-4c7d-8e9f-0a1b2c3d4e5f/; s/^accelerateur =.*/accelerateur = kvm/' comparaison.md
