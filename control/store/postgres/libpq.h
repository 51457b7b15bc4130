// libpq's functions, loaded when a store first needs PostgreSQL: a daemon on SQLite does not map
// libpq and the thirty libraries under it (LDAP, Kerberos, a second TLS), and works on machines
// without them.
//
// Each is a pointer with the name of the function; inside `control` it hides the function. A
// function that is not listed here does not link. Thread: any; call no pointer before load() has
// succeeded.
#pragma once

#include "contracts/base/result.h"

#include <libpq-fe.h>

#define ORCH_LIBPQ_FUNCTIONS(each)                                                                 \
    each(PQclear) each(PQcmdStatus) each(PQcmdTuples) each(PQconnectdbParams) each(PQconninfoFree) \
        each(PQconninfoParse) each(PQconsumeInput) each(PQenterPipelineMode) each(PQerrorMessage)  \
            each(PQexec) each(PQexitPipelineMode) each(PQfinish) each(PQflush) each(PQftype)       \
                each(PQgetisnull) each(PQgetlength) each(PQgetResult) each(PQgetvalue)             \
                    each(PQisBusy) each(PQnfields) each(PQntuples) each(PQparameterStatus)         \
                        each(PQpingParams) each(PQpipelineStatus) each(PQpipelineSync)             \
                            each(PQresultErrorField) each(PQresultErrorMessage)                    \
                                each(PQresultStatus) each(PQsendPrepare) each(PQsendQueryPrepared) \
                                    each(PQserverVersion) each(PQsetnonblocking)                   \
                                        each(PQsetNoticeReceiver) each(PQsocket) each(PQstatus)    \
                                            each(PQtransactionStatus)

namespace control {

#define ORCH_DECLARE(name) extern decltype(&::name) name;
ORCH_LIBPQ_FUNCTIONS(ORCH_DECLARE)
#undef ORCH_DECLARE

namespace libpq {

// Failure: `fatal`, with what is missing and the package that contains it. A library that was
// loaded stays loaded.
[[nodiscard]] contracts::Result<void> load();

}  // namespace libpq
}  // namespace control
