/*
 * batch.c - see batch.h.
 */
#include "exec/batch.h"

NamiValue
nami_vector_value(const NamiVector *vector, uint32_t row)
{
	uint32_t	i = vector->is_constant ? 0 : row;

	switch (vector->kind)
	{
		case NAMI_VEC_NONE:
			break;
		case NAMI_VEC_ORD:
			if (vector->ords[i] != NAMI_ORD_NONE)
				return nami_value_node(vector->ords[i]);
			break;
		case NAMI_VEC_REL:
			if (vector->rels[i].type != NAMI_NAME_UNKNOWN)
				return nami_value_rel(&vector->rels[i]);
			break;
		case NAMI_VEC_VALUE:
			return vector->values[i];
	}
	return nami_value_null();
}
