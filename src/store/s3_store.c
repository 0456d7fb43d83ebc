#include "store/store_internal.h"
NamiStatus
nami_store_open_s3(const NamiStoreUri *uri, const NamiStoreOptions *options,
				   const NamiHost *host, const NamiAllocator *allocator, NamiOwner *owner,
				   NamiStore **out, NamiError *err)
{
	return nami_fail(err, NAMI_ERR_UNSUPPORTED, "s3 is not there yet");
}
