/*
 * store_listing_fuzz.c - any bytes as the XML answers of S3: no crash, bounded results.
 */
#include <stdlib.h>

#include "store/s3_xml.h"

extern int	LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	NamiStr		xml = {(const char *) data, size};
	NamiS3Page	page;
	NamiS3Error error;

	nami_s3_page_init(&page);
	if (nami_s3_page_parse(&page, xml))
	{
		NamiCursor	cur = nami_cursor(page.objects.ptr, page.objects.len);
		NamiStr		key;
		uint64_t	size_bytes;
		size_t		count = 0;
		size_t		key_bytes = 0;

		while (nami_s3_page_next(&cur, &key, &size_bytes))
		{
			count++;
			key_bytes += key.len;
		}
		if (count != page.object_count || cur.len != 0 || key_bytes > size)
			abort();
	}
	nami_s3_page_free(&page);
	nami_s3_error_parse(&error, xml);
	for (const char *c = error.code; *c != '\0'; c++)
	{
		if (*c <= ' ' || *c >= 0x7F)
			abort();
	}
	return 0;
}
