from occ.cli import main

main()
