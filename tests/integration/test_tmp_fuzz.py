from hypothesis import given, settings as hs, HealthCheck, strategies as st
import copy, json
from tests.integration.merchant_api import *
from tests.integration.test_merchant_catalog import A_TEE, ACME, PRODUCTS, A_SHOP
from tests.integration.test_merchant_settings import A_ZONE, A_TAX_ZONE
leaf = st.one_of(st.none(), st.booleans(), st.integers(), st.integers(-10**30,10**30), st.floats(allow_nan=False), st.text(max_size=20), st.sampled_from(["1e5","-1","12.34","USD","*","CA"]), st.just("x"*20000), st.lists(st.integers(),max_size=2), st.dictionaries(st.text(max_size=4), st.text(max_size=4), max_size=2))
def paths(v, at=()):
    yield at
    if isinstance(v, dict):
        for k in v: yield from paths(v[k], at+(k,))
    if isinstance(v, (list,tuple)):
        for i,x in enumerate(v): yield from paths(x, at+(i,))
def mutate(v, at, new):
    if not at: return new
    v=copy.deepcopy(v); x=v
    for k in at[:-1]: x=x[k]
    x[at[-1]]=new
    return v
CASES=[("PUT",PRODUCTS,A_TEE),("PUT",f"{ACME}/shipping_zones/z",A_ZONE),("PUT",f"{ACME}/tax_zones/z",A_TAX_ZONE),("POST","/merchant/shops",A_SHOP|{"settings":{"allowed_origins":["http://a.b"],"checkout_url":"http://x"}}),("PATCH",ACME,{"name":"x","currency":"USD","settings":{"rounding":"half_even","parked_minutes":3}}),("POST","/merchant/tokens",{"name":"x","scopes":["stock"],"shop":"acme"}),("PUT",f"{ACME}/stock/TEE-S",{"on_hand":1}),("POST",f"{ACME}/stock/TEE-S/adjust",{"by":1}),("PUT",f"{ACME}/gateways/g",{"kind":"sandbox","name":"n"})]
def test_fuzz(api):
    api.post("/merchant/shops", A_SHOP); api.put(PRODUCTS, A_TEE)
    seen={}
    @hs(max_examples=1200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.data())
    def run(data):
        m,p,b=data.draw(st.sampled_from(CASES))
        at=data.draw(st.sampled_from(list(paths(b))))
        body=mutate(b,at,data.draw(leaf))
        try: r=api.call(m,p,body)
        except UnicodeEncodeError: return
        assert r.status<500, (m,p,body,r)
        seen[r.status]=seen.get(r.status,0)+1
    run(); print(seen); assert seen.get(422)
def test_fuzz_csv(api):
    api.post("/merchant/shops", A_SHOP)
    @hs(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.dictionaries(st.sampled_from(["Handle","Title","Option1 Name","Option1 Value","Variant SKU","Variant Price","Variant Grams","Variant Inventory Qty","Image Src"]), st.text(max_size=8), max_size=9),max_size=4))
    def run(rows):
        from tests.unit.test_catalog_import import a_file
        r=api.post(f"{PRODUCTS}/import", a_file(*rows))
        assert r.status<500,(rows,r)
    run()
