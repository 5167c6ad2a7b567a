# Le thème de la version 2.
COULEUR='#1c7c3c'
NOM_COULEUR=vert
