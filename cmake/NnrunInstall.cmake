# Installation and find_package(nnrun): targets nnrun::sdk and nnrun::core, and nnrun_add_plugin().
