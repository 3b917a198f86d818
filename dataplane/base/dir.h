#ifndef BASE_DIR_H
#define BASE_DIR_H

/* Client and server are ends; these are directions. The client is who opened the flow. */
enum dir { TO_SERVER, TO_CLIENT };

#endif
