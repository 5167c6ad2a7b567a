docker run -d --name ${NOM} busybox sleep 3600
vm run -d --name ${VM} busybox sh -c 'uname -r; echo pret; sleep 3600'
until escale vm logs ${VM} | grep -q pret; do sleep 0.5; done
escale vm logs ${VM}
# lire NV: ^([0-9]+\.[0-9]+\.[^ ]+)$
