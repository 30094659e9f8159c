/* Built for version 2 of the ABI: exports its symbol and not that of version 1. */
const int trainbus_module_v2 = 2;
